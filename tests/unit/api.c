/* SPDX-License-Identifier: Apache-2.0 */
/* libtare as an embedding program sees it: tare.h and the shared library, nothing else. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tare.h>
#include <unistd.h>

static char directory[] = "/tmp/tare-api-XXXXXX";
static struct tare_settings settings = {.size = sizeof(settings), .root = directory};
static tare_error *error;

static void set_up(void)
{
    cr_assert(mkdtemp(directory) != NULL);
    error = tare_error_new();
}

static void tear_down(void)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/config.json", directory);
    unlink(path);
    cr_expect(eq(int, rmdir(directory), 0), "something was left in %s", directory);
    tare_error_free(error);
}

static void write_config(const char *text)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/config.json", directory);
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

TestSuite(api, .init = set_up, .fini = tear_down);

Test(api, an_unknown_container_is_not_found)
{
    char *json = NULL;
    cr_assert(eq(int, tare_container_state(&settings, "nobody", &json, error), -ENOENT));
    cr_assert(tare_error_kind(error) == TARE_ERROR_NOT_FOUND);
    cr_assert(eq(int, tare_error_code(error), ENOENT));
    char text[200];
    tare_error_format(error, text, sizeof(text));
    cr_assert(strstr(text, "container does not exist") != NULL, "%s", text);
    cr_assert(json == NULL);
}

Test(api, success_forgets_the_last_error)
{
    char *json = NULL;
    cr_assert(lt(int, tare_container_state(&settings, "nobody", &json, error), 0));
    cr_assert(eq(int, tare_spec_default(false, &json, error), 0));
    cr_assert(eq(int, tare_error_code(error), 0));
    cr_assert(eq(str, (char *)tare_error_text(error), (char *)""));
    free(json);
}

Test(api, errors_are_optional)
{
    char *json = NULL;
    cr_assert(lt(int, tare_container_state(&settings, "nobody", &json, NULL), 0));
    struct tare_delete_options force = {.size = sizeof(force), .force = true};
    cr_assert(eq(int, tare_container_delete(&settings, "nobody", &force, NULL), 0));
}

Test(api, all_problems_of_a_configuration)
{
    struct tare_create_options options = {.size = sizeof(options), .bundle = directory};
    char *plan = NULL;
    write_config("{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": 7}, \"hostname\": false}");
    cr_assert(lt(int, tare_plan(&settings, "x", &options, &plan, error), 0));
    cr_assert(tare_error_kind(error) == TARE_ERROR_CONFIG);
    cr_assert(eq(str, (char *)tare_error_where(error), (char *)"/root/path"));
    cr_assert(strstr(tare_error_problems(error), "/hostname: ") != NULL, "%s",
              tare_error_problems(error));
    cr_assert(plan == NULL);
}

Test(api, a_file_that_is_no_json_is_named)
{
    struct tare_create_options options = {.size = sizeof(options), .bundle = directory};
    char *plan = NULL;
    write_config("{\"ociVersion\": ");
    cr_assert(lt(int, tare_plan(&settings, "x", &options, &plan, error), 0));
    cr_assert(strstr(tare_error_where(error), "/config.json") != NULL, "%s",
              tare_error_where(error));
}

Test(api, the_default_configuration_can_be_planned)
{
    struct tare_create_options options = {.size = sizeof(options), .bundle = directory};
    char *config = NULL, *plan = NULL;
    cr_assert(eq(int, tare_spec_default(geteuid() != 0, &config, error), 0));
    char *terminal = strstr(config, "\"terminal\": true");
    cr_assert(terminal != NULL);
    memcpy(terminal, "\"terminal\":false", strlen("\"terminal\":false"));
    write_config(config);
    cr_assert(eq(int, tare_plan(&settings, "x", &options, &plan, error), 0), "%s",
              tare_error_text(error));
    cr_assert(strstr(plan, "mount proc") != NULL, "%s", plan);
    free(config);
    free(plan);
}

static int count(void *data, const struct tare_container *container)
{
    (void)container;
    ++*(int *)data;
    return 0;
}

Test(api, an_empty_root_lists_nothing)
{
    int n = 0;
    cr_assert(eq(int, tare_container_list(&settings, count, &n, error), 0));
    cr_assert(eq(int, n, 0));
}

Test(api, versions, .description = "R009")
{
    cr_assert(tare_version()[0] && tare_commit()[0] && tare_libseccomp_version()[0]);
    cr_assert(eq(str, (char *)tare_spec_version(), (char *)"1.3.0"));
    char *features = NULL;
    cr_assert(eq(int, tare_features(&features, error), 0));
    cr_assert(strstr(features, "\"ociVersionMax\": \"1.3.0\"") != NULL);
    free(features);
}
