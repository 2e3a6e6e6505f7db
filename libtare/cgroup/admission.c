/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/admission.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "cgroup/introduction.h"
#include "cgroup/systemd.h"

int admission_begin(struct admission *admission, const struct scope_place *place, struct error *err)
{
    int ends[2];
    *admission = ADMISSION_NONE;
    int r = sd_bus_load(err);
    if (r < 0)
        return r;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_sys(err, errno, "socketpair");
    admission->place = place;
    admission->maker = ends[0];
    admission->process = ends[1];
    admission->addresses = systemd_addresses(place->user);
    return 0;
}

void admission_release(struct admission *admission)
{
    close_fd(&admission->maker);
    close_fd(&admission->process);
}

bool admission_seek(struct admission *admission)
{
    char granted;
    if (!admission->place)
        return true;
    close_fd(&admission->maker);
    bool in = introduction_send(admission->process, &admission->addresses) == 0 &&
              read(admission->process, &granted, 1) == 1;
    close_fd(&admission->process);
    return in;
}

int admission_grant(struct admission *admission, struct error *err)
{
    struct systemd systemd _cleanup_(systemd_release) = SYSTEMD_INIT;
    const struct scope_place *place = admission->place;
    if (!place)
        return 0;
    close_fd(&admission->process);
    int r = systemd_open_introduced(&systemd, place->user, admission->maker, err);
    if (r == 0)
        r = systemd_attach(&systemd, place->unit, place->below, err);
    if (r < 0)
        return r;
    return send(admission->maker, "", 1, MSG_NOSIGNAL) == 1
               ? 0
               : error_sys(err, errno, "talk to the process that was to enter %s", place->unit);
}
