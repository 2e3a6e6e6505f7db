/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "plan/capabilities.h"
#include "plan/mount-options.h"
#include "plan/plan.h"
#include "spec/json-kind.h"
#include "spec/names.h"

/* One line a step, in the order in which they are taken: a word for the kind of step, then its
 * data. */

struct bit_name {
    uint64_t bit;
    const char *name;
};

static const struct bit_name clone_names[] = {
    {CLONE_NEWUSER, "user"},     {CLONE_NEWNS, "mount"},  {CLONE_NEWPID, "pid"},
    {CLONE_NEWNET, "network"},   {CLONE_NEWIPC, "ipc"},   {CLONE_NEWUTS, "uts"},
    {CLONE_NEWCGROUP, "cgroup"}, {CLONE_NEWTIME, "time"},
};

static const struct bit_name attribute_names[] = {
    {MOUNT_ATTR_RDONLY, "ro"},
    {MOUNT_ATTR_NOSUID, "nosuid"},
    {MOUNT_ATTR_NODEV, "nodev"},
    {MOUNT_ATTR_NOEXEC, "noexec"},
    {MOUNT_ATTR_NOATIME, "noatime"},
    {MOUNT_ATTR_STRICTATIME, "strictatime"},
    {MOUNT_ATTR_NODIRATIME, "nodiratime"},
    {MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
};

static const struct bit_name propagation_names[] = {
    {MS_REC, "recursively"}, {MS_SHARED, "shared"},         {MS_SLAVE, "slave"},
    {MS_PRIVATE, "private"}, {MS_UNBINDABLE, "unbindable"},
};

static void print_bits(FILE *out, const char *prefix, uint64_t bits, const struct bit_name *names,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bits & names[i].bit)
            fprintf(out, " %s%s", prefix, names[i].name);
}

/* Text in quotes, with what a terminal would act on as \xNN. */
static void print_quoted(FILE *out, const char *text)
{
    fputs(" \"", out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c == '\n')
            fputs("\\n", out);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(out, "\\x%02x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

static void print_item(FILE *out, const char *kind, const char *text)
{
    if (!text)
        return;
    fputs(kind, out);
    print_quoted(out, text);
    fputc('\n', out);
}

static void print_list(FILE *out, const char *kind, const char *const *items)
{
    if (!items)
        return;
    fputs(kind, out);
    for (; *items; items++)
        print_quoted(out, *items);
    fputc('\n', out);
}

static void print_scope(FILE *out, const struct plan_scope *scope)
{
    _cleanup_(arena_release) struct arena arena = ARENA_INIT;
    print_item(out, "scope", scope->unit);
    print_item(out, "scope subgroup", scope->subgroup);
    for (size_t i = 0; i < scope->n_properties; i++) {
        const struct plan_property *property = &scope->properties[i];
        const char *value = variant_print(&arena, &property->value);
        char since[32] = "";
        if (property->since)
            snprintf(since, sizeof(since), " with systemd %u", property->since);
        fprintf(out, "scope property %s", property->name);
        print_quoted(out, value ? value : "");
        fprintf(out, "%s\n", since);
    }
}

static void print_cgroup(FILE *out, const struct plan_cgroup *plan)
{
    static const char *const managers[] = {
        [CGROUP_MANAGER_CGROUPFS] = "cgroupfs",
        [CGROUP_MANAGER_SYSTEMD] = "systemd",
        [CGROUP_MANAGER_DISABLED] = "disabled",
    };
    fprintf(out, "cgroup manager %s\n", managers[plan->manager]);
    if (plan->manager == CGROUP_MANAGER_DISABLED)
        return;
    if (plan->scope)
        print_scope(out, plan->scope);
    else
        print_item(out, "cgroup path",
                   plan->path             ? plan->path
                   : !plan->beside_caller ? "(default of the id)"
                   : plan->controllers    ? "(default of the id, beside the caller's)"
                                          : "(default of the id, below the caller's)");
    fputs(plan->is_optional ? "cgroup optional\n" : "", out);
    for (size_t i = 0; i < plan->n_writes; i++) {
        const struct plan_cgroup_write *write = &plan->writes[i];
        fprintf(out, "cgroup write %s", write->file);
        print_quoted(out, write->value);
        if (write->fallback_file) {
            fprintf(out, " or %s", write->fallback_file);
            print_quoted(out, write->fallback_value);
        }
        fprintf(out, "%s\n", write->optional_file || write->limits_nothing ? " if present" : "");
    }
    for (size_t i = 0; i < plan->n_device_rules; i++) {
        const struct plan_device_rule *rule = &plan->device_rules[i];
        char major[24] = "*", minor[24] = "*";
        if (rule->major >= 0)
            snprintf(major, sizeof(major), "%lld", (long long)rule->major);
        if (rule->minor >= 0)
            snprintf(minor, sizeof(minor), "%lld", (long long)rule->minor);
        fprintf(out, "device rule %s %c %s:%s %s%s%s\n", rule->allow ? "allow" : "deny", rule->type,
                major, minor, rule->access & DEVICE_READ ? "r" : "",
                rule->access & DEVICE_WRITE ? "w" : "", rule->access & DEVICE_MKNOD ? "m" : "");
    }
    if (plan->delegate_uid >= 0)
        fprintf(out, "cgroup owner %lld\n", (long long)plan->delegate_uid);
    if (plan->subgroup)
        print_item(out, "cgroup below, for the init", plan->subgroup);
}

static void print_namespaces(FILE *out, const struct plan_namespaces *plan)
{
    if (plan->create) {
        fputs("namespaces new", out);
        print_bits(out, "", plan->create, clone_names, ELEMENTSOF(clone_names));
        fputc('\n', out);
    }
    for (size_t i = 0; i < plan->n_joins; i++) {
        fputs("namespace join", out);
        print_bits(out, "", (uint64_t)(unsigned)plan->joins[i].type, clone_names,
                   ELEMENTSOF(clone_names));
        print_quoted(out, plan->joins[i].path);
        fputc('\n', out);
    }
    print_item(out, plan->uids_by_helper ? "uid map by newuidmap" : "uid map", plan->uid_map);
    if (plan->deny_setgroups)
        fputs("setgroups deny\n", out);
    print_item(out, plan->gids_by_helper ? "gid map by newgidmap" : "gid map", plan->gid_map);
    print_item(out, "time offsets", plan->time_offsets);
    if (plan->loopback_up)
        fputs("network lo up\n", out);
}

static void print_mount(FILE *out, const struct plan_mount *mount)
{
    static const char *const kinds[] = {
        [MOUNT_FILESYSTEM] = "mount",
        [MOUNT_BIND] = "bind",
        [MOUNT_REMOUNT] = "remount",
        [MOUNT_CGROUP] = "mount",
    };
    fputs(kinds[mount->kind], out);
    if (mount->recursive)
        fputs(" recursively", out);
    if (mount->fstype && mount->kind != MOUNT_REMOUNT)
        fprintf(out, " %s", mount->fstype);
    if (mount->source && mount->kind != MOUNT_REMOUNT)
        print_quoted(out, mount->source);
    fputs(mount->kind == MOUNT_REMOUNT ? "" : " on", out);
    print_quoted(out, mount->target);
    print_bits(out, "", mount->attr_set, attribute_names, ELEMENTSOF(attribute_names));
    print_bits(out, "not ", mount->attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME, attribute_names,
               ELEMENTSOF(attribute_names));
    print_bits(out, "all ", mount->tree_attr_set, attribute_names, ELEMENTSOF(attribute_names));
    print_bits(out, "all not ", mount->tree_attr_clear & ~(uint64_t)MOUNT_ATTR__ATIME,
               attribute_names, ELEMENTSOF(attribute_names));
    for (size_t i = 0; i < mount->n_fs_options; i++)
        fprintf(out, " %s%s%s", mount->fs_options[i].key, mount->fs_options[i].value ? "=" : "",
                mount->fs_options[i].value ? mount->fs_options[i].value : "");
    for (size_t i = 0; i < mount->n_propagation; i++)
        print_bits(out, "", mount->propagation[i], propagation_names,
                   ELEMENTSOF(propagation_names));
    fputs(mount->tmpcopyup ? " tmpcopyup" : "", out);
    fputs(mount->copy_symlink ? " copy-symlink" : "", out);
    fputs(mount->source_nofollow ? " src-nofollow" : "", out);
    fputs(mount->target_nofollow ? " dest-nofollow" : "", out);
    if (mount->idmap_uids) {
        fputs(mount->idmap_recursive ? " ridmap uids" : " idmap uids", out);
        print_quoted(out, mount->idmap_uids);
        fputs(" gids", out);
        print_quoted(out, mount->idmap_gids);
    }
    if (mount->idmap_container)
        fputs(mount->idmap_recursive ? " ridmap container" : " idmap container", out);
    fprintf(out, "%s\n", mount->readonly_late ? " ro-at-the-end" : "");
}

static void print_root(FILE *out, const struct plan *plan)
{
    print_item(out, plan->root.on_host ? "root mounted over itself" : "root", plan->root.path);
    for (size_t i = 0; i < plan->n_mounts; i++)
        print_mount(out, &plan->mounts[i]);
    for (size_t i = 0; i < plan->n_devices; i++) {
        const struct plan_device *device = &plan->devices[i];
        const char *type = device->type == S_IFBLK ? "b" : device->type == S_IFIFO ? "p" : "c";
        fprintf(out, "device %s%s %u:%u mode %04o owner %u:%u%s", plan->bind_devices ? "bind " : "",
                type, major(device->number), minor(device->number), device->mode, device->uid,
                device->gid, device->is_default ? " default" : "");
        print_quoted(out, device->path);
        fputc('\n', out);
    }
    for (size_t i = 0; i < plan->n_links; i++) {
        fputs("link", out);
        print_quoted(out, plan->links[i].path);
        fputs(" to", out);
        print_quoted(out, plan->links[i].target);
        fputc('\n', out);
    }
}

static void print_net_devices(FILE *out, const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_net_devices; i++) {
        fputs("network device", out);
        print_quoted(out, plan->net_devices[i].host_name);
        fputs(" as", out);
        print_quoted(out, plan->net_devices[i].name);
        fputc('\n', out);
    }
}

static void print_hooks(FILE *out, const char *kind, const struct hook_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        fprintf(out, "hook %s", kind);
        print_quoted(out, list->items[i].path);
        if (list->items[i].timeout.set)
            fprintf(out, " timeout %lld", (long long)list->items[i].timeout.value);
        fputc('\n', out);
    }
}

static void print_inside(FILE *out, const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_sysctls; i++) {
        fprintf(out, "sysctl %s", plan->sysctls[i].path);
        print_quoted(out, plan->sysctls[i].value);
        fputc('\n', out);
    }
    print_item(out, "hostname", plan->hostname);
    print_item(out, "domainname", plan->domainname);
    for (size_t i = 0; i < plan->readonly_paths.n; i++)
        print_item(out, "read-only", plan->readonly_paths.items[i]);
    for (size_t i = 0; i < plan->masked_paths.n; i++)
        print_item(out, "masked", plan->masked_paths.items[i]);
    if (plan->process.terminal)
        fprintf(out, "terminal %u rows %u columns\n", plan->process.rows, plan->process.columns);
    bool pivots = (plan->namespaces.create & CLONE_NEWNS) && !plan->root.no_pivot;
    for (size_t i = 0; i < plan->namespaces.n_joins; i++)
        pivots |= plan->namespaces.joins[i].type == CLONE_NEWNS && !plan->root.no_pivot;
    fputs(pivots ? "pivot root\n" : "chroot\n", out);
    if (plan->root.propagation) {
        fputs("root propagation", out);
        print_bits(out, "", plan->root.propagation, propagation_names,
                   ELEMENTSOF(propagation_names));
        fputc('\n', out);
    }
    if (plan->root.readonly)
        fputs("root read-only\n", out);
}

static const char *name_in(const struct json_name *names, int value)
{
    const struct json_name *name = json_name_of(names, (uint64_t)value);
    return name ? name->name : "unknown";
}

static void print_capabilities(FILE *out, const char *set, uint64_t mask)
{
    fprintf(out, "capabilities %s", set);
    for (int i = 0; i < 64; i++)
        if (mask >> i & 1)
            fprintf(out, " %s", capability_name(i));
    fputs(mask ? "\n" : " none\n", out);
}

static void print_flags(FILE *out, const struct json_name *names, uint64_t mask)
{
    for (const struct json_name *name = names; name->name; name++)
        if (mask & name->value)
            fprintf(out, " %s", name->name);
    fputc('\n', out);
}

static void print_scheduling(FILE *out, const struct plan_process *plan)
{
    const struct scheduler *scheduler = plan->scheduler;
    if (scheduler) {
        fprintf(out, "scheduler %s nice %d priority %d runtime %llu deadline %llu period %llu",
                name_in(scheduler_policy_names, scheduler->policy), scheduler->nice,
                scheduler->priority, (unsigned long long)scheduler->runtime,
                (unsigned long long)scheduler->deadline, (unsigned long long)scheduler->period);
        print_flags(out, scheduler_flag_names, scheduler->flags.mask);
    }
    if (plan->io_priority)
        fprintf(out, "io priority %s %d\n",
                name_in(io_priority_class_names, plan->io_priority->class),
                plan->io_priority->priority);
    const struct plan_memory_policy *memory = plan->memory_policy;
    if (memory) {
        fprintf(out, "memory policy %s",
                name_in(memory_policy_mode_names, memory->mode & ~MPOL_MODE_FLAGS));
        if (memory->text)
            fprintf(out, " nodes %s", memory->text);
        print_flags(out, memory_policy_flag_names, (uint64_t)(memory->mode & MPOL_MODE_FLAGS));
    }
}

static void print_process(FILE *out, const struct plan_process *plan)
{
    print_item(out, "cwd", plan->cwd);
    print_list(out, "env", plan->env);
    for (size_t i = 0; i < plan->n_rlimits; i++)
        fprintf(out, "rlimit %s %llu %llu\n", name_in(rlimit_names, plan->rlimits[i].resource),
                (unsigned long long)plan->rlimits[i].limit.rlim_cur,
                (unsigned long long)plan->rlimits[i].limit.rlim_max);
    print_scheduling(out, plan);
    if (plan->personality)
        fprintf(out, "personality %#lx\n", plan->personality->domain);
    if (plan->apparmor_profile)
        print_item(out, "apparmor", plan->apparmor_profile);
    if (plan->selinux_label)
        print_item(out, "selinux", plan->selinux_label);
    fprintf(out, "user %u:%u umask %04o groups", plan->uid, plan->gid, plan->umask);
    for (size_t i = 0; i < plan->n_groups; i++)
        fprintf(out, " %u", plan->groups[i]);
    fputs(plan->keep_groups ? " kept\n" : "\n", out);
    if (plan->capabilities.set) {
        print_capabilities(out, "bounding", plan->capabilities.bounding);
        print_capabilities(out, "permitted", plan->capabilities.permitted);
        print_capabilities(out, "effective", plan->capabilities.effective);
        print_capabilities(out, "inheritable", plan->capabilities.inheritable);
        print_capabilities(out, "ambient", plan->capabilities.ambient);
    }
    if (plan->no_new_privileges)
        fputs("no new privileges\n", out);
}

static void print_resctrl(FILE *out, const struct plan_resctrl *plan)
{
    print_item(out, "resctrl group", plan->group);
    for (size_t i = 0; i < plan->n_lines; i++)
        print_item(out, "resctrl schemata", plan->lines[i].text);
    if (plan->monitors)
        fputs("resctrl monitoring group\n", out);
}

static void print_plan(FILE *out, const struct plan *plan)
{
    print_item(out, "container", plan->id);
    print_item(out, "bundle", plan->bundle);
    print_cgroup(out, &plan->cgroup);
    if (plan->resctrl)
        print_resctrl(out, plan->resctrl);
    if (plan->process.oom_score_adj.set)
        fprintf(out, "oom score %d\n", plan->process.oom_score_adj.value);
    print_namespaces(out, &plan->namespaces);
    if (plan->new_keyring)
        fputs("session keyring new\n", out);
    print_root(out, plan);
    print_net_devices(out, plan);
    print_hooks(out, "prestart", &plan->hooks->prestart);
    print_hooks(out, "createRuntime", &plan->hooks->create_runtime);
    print_hooks(out, "createContainer", &plan->hooks->create_container);
    print_inside(out, plan);
    if (plan->has_process)
        print_process(out, &plan->process);
    print_hooks(out, "startContainer", &plan->hooks->start_container);
    if (plan->seccomp_data)
        print_item(out, "seccomp program", plan->seccomp_data);
    else if (plan->seccomp)
        fprintf(out, "seccomp %zu rules\n", plan->seccomp->syscalls.n);
    if (plan->listener.path)
        print_item(out, "seccomp listener", plan->listener.path);
    if (plan->has_process)
        print_list(out, "exec", plan->process.args);
    print_hooks(out, "poststart", &plan->hooks->poststart);
    print_hooks(out, "poststop", &plan->hooks->poststop);
}

int plan_print(struct arena *arena, const struct plan *plan, const char **ret, struct error *err)
{
    _cleanup_(free_ptr) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return error_sys(err, errno, "print the plan");
    print_plan(out, plan);
    if (fclose(out) != 0)
        return error_sys(err, errno, "print the plan");
    *ret = arena_strndup(arena, text, size);
    return *ret ? 0 : error_sys(err, ENOMEM, "print the plan");
}
