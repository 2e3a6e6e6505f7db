/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/netlink.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/macros.h"

/* What is sent, and what is made of answers; the kernel itself is asked in tests/integration/net-devices.c. */

static struct netlink netlink;
static struct netlink_request datagram; /* answers are built like requests */
static int seen;

static void set_up(void)
{
    netlink = NETLINK_NONE;
    netlink.sequence = 7;
    seen = 0;
}

TestSuite(sys_netlink, .init = set_up);

static int count(const struct nlmsghdr *message, void *data)
{
    (void)message;
    seen++;
    return data ? *(int *)data : 0;
}

static void answer(uint16_t type, uint16_t flags, const void *body, size_t size)
{
    netlink_begin(&datagram, type, 0, body, size);
    datagram.header.nlmsg_flags = flags;
    datagram.header.nlmsg_seq = netlink.sequence;
}

static int take(void)
{
    return netlink_take(&netlink, datagram.bytes, datagram.header.nlmsg_len, count, NULL);
}

Test(sys_netlink, requests_ask_for_an_end)
{
    netlink_begin(&datagram, RTM_GETLINK, 0, NULL, 0);
    cr_expect_eq(datagram.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    netlink_begin(&datagram, RTM_GETADDR, NLM_F_DUMP, NULL, 0);
    cr_expect_eq(datagram.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
}

Test(sys_netlink, attributes_are_found_again)
{
    const struct ifinfomsg link = {.ifi_index = 5};
    size_t size = 0;
    netlink_begin(&datagram, RTM_NEWLINK, 0, &link, sizeof(link));
    netlink_add(&datagram, IFLA_IFNAME, "eth0", 5);
    netlink_add(&datagram, IFLA_MTU, &(uint32_t){1500}, 4);
    cr_expect_eq(datagram.header.nlmsg_len,
                 NLMSG_SPACE(sizeof(link)) + RTA_SPACE(5) + RTA_SPACE(4));
    cr_expect_str_eq(netlink_find(&datagram.header, sizeof(link), IFLA_IFNAME, &size), "eth0");
    cr_expect_eq(size, 5);
    cr_expect_eq(*(const uint32_t *)netlink_find(&datagram.header, sizeof(link), IFLA_MTU, &size),
                 1500);
    cr_expect_null(netlink_find(&datagram.header, sizeof(link), IFLA_MASTER, &size));
    cr_expect_not(datagram.too_long);
}

Test(sys_netlink, what_does_not_fit_is_not_sent)
{
    static const char large[70000];
    netlink_begin(&datagram, RTM_NEWLINK, 0, NULL, 0);
    netlink_add(&datagram, IFLA_IFNAME, large, sizeof(large));
    cr_expect(datagram.too_long);
    cr_expect_eq(datagram.header.nlmsg_len, NLMSG_HDRLEN);
    cr_expect_eq(netlink_call(&netlink, &datagram, NULL, NULL), -EMSGSIZE);

    netlink_begin(&datagram, RTM_NEWLINK, 0, NULL, 0);
    for (int i = 0; i < 300; i++)
        netlink_add(&datagram, IFLA_MTU, &i, sizeof(i));
    cr_expect(datagram.too_long);
    cr_expect_leq(datagram.header.nlmsg_len, sizeof(datagram.bytes));
    netlink_begin(&datagram, RTM_NEWLINK, 0, large, sizeof(large));
    cr_expect(datagram.too_long);
}

Test(sys_netlink, errors_come_with_the_words_of_the_kernel)
{
    struct nlmsgerr error = {.error = -EINVAL, .msg = {.nlmsg_len = NLMSG_HDRLEN}};
    answer(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, &error, sizeof(error));
    netlink_add(&datagram, NLMSGERR_ATTR_MSG, "no such thing", 14);
    cr_expect_eq(take(), -EINVAL);
    cr_expect_str_eq(netlink.reason, "no such thing");

    /* With a copy of the request, 8 bytes, in front of them. */
    char body[sizeof(error) + 8] = {0};
    error.msg.nlmsg_len = NLMSG_HDRLEN + 8;
    memcpy(body, &error, sizeof(error));
    answer(NLMSG_ERROR, NLM_F_ACK_TLVS, body, sizeof(body));
    netlink_add(&datagram, NLMSGERR_ATTR_MSG, "without end", 11);
    cr_expect_eq(take(), -EINVAL);
    cr_expect_str_eq(netlink.reason, "without end");

    netlink.reason[0] = '\0';
    error.msg.nlmsg_len = 100000;
    answer(NLMSG_ERROR, NLM_F_ACK_TLVS, &error, sizeof(error));
    cr_expect_eq(take(), -EINVAL);
    cr_expect_str_empty(netlink.reason);
}

Test(sys_netlink, an_acknowledgement_is_the_end)
{
    struct nlmsgerr error = {0};
    answer(NLMSG_ERROR, NLM_F_CAPPED, &error, sizeof(error));
    cr_expect_eq(take(), 1);
    answer(NLMSG_DONE, NLM_F_MULTI, &(int){0}, sizeof(int));
    cr_expect_eq(take(), 1);
    answer(NLMSG_DONE, NLM_F_MULTI, &(int){-EBUSY}, sizeof(int));
    cr_expect_eq(take(), -EBUSY);
}

Test(sys_netlink, a_list_that_changed_is_asked_for_again)
{
    answer(RTM_NEWADDR, NLM_F_MULTI | NLM_F_DUMP_INTR, NULL, 0);
    cr_expect_eq(take(), 0);
    cr_expect_eq(seen, 1);
    answer(NLMSG_DONE, NLM_F_MULTI, &(int){0}, sizeof(int));
    cr_expect_eq(take(), -EINTR);
}

Test(sys_netlink, answers_to_others_are_not_seen)
{
    answer(RTM_NEWADDR, 0, NULL, 0);
    datagram.header.nlmsg_seq--;
    cr_expect_eq(take(), 0);
    cr_expect_eq(seen, 0);
}

Test(sys_netlink, the_handler_can_end_it)
{
    answer(RTM_NEWADDR, 0, NULL, 0);
    cr_expect_eq(
        netlink_take(&netlink, datagram.bytes, datagram.header.nlmsg_len, count, &(int){-ENOMEM}),
        -ENOMEM);
}

Test(sys_netlink, wrong_lengths_are_not_followed)
{
    const struct nlmsgerr error = {.error = -1};
    answer(NLMSG_ERROR, 0, &error, sizeof(error));
    datagram.header.nlmsg_len -= 4;
    cr_expect_eq(take(), -EBADMSG);
    answer(RTM_NEWADDR, 0, NULL, 0);
    cr_expect_eq(netlink_take(&netlink, datagram.bytes, 15, count, NULL), -EBADMSG);
    datagram.header.nlmsg_len = 15;
    cr_expect_eq(netlink_take(&netlink, datagram.bytes, 16, count, NULL), -EBADMSG);
    datagram.header.nlmsg_len = 17;
    cr_expect_eq(netlink_take(&netlink, datagram.bytes, 16, count, NULL), -EBADMSG);
    cr_expect_eq(seen, 0);
}
