/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TARE_H
#define TARE_H

/* libtare: an OCI container runtime as a library. */

#endif
