# SPDX-License-Identifier: Apache-2.0
# Builds the fuzzers; `make fuzzers` of a configured tree calls it with source, library (the sources of libtare),
# include and libs. The library is compiled once more, with its own flags, below tests/fuzz/.
#
#   FUZZ_CC      clang, or a compiler of AFL++
#   FUZZ_ENGINE  libfuzzer, or replay: a main() that runs files (tests/fuzz/replay.c), for AFL++ and debuggers
FUZZ_CC ?= clang
FUZZ_ENGINE ?= libfuzzer
FUZZ_CFLAGS ?= -O1 -g

harnesses = config process resources mounts state hook-state seccomp device-rules netlink seccomp-data \
	systemd-address criu-reply criu-mounts channel kernel-files
directory = tests/fuzz/$(FUZZ_ENGINE)
sanitize = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ifeq ($(FUZZ_ENGINE),libfuzzer)
instrument = -fsanitize=fuzzer-no-link
link = -fsanitize=fuzzer
main =
else
instrument =
link =
main = $(directory)/tests/fuzz/replay.o
endif

flags = -std=gnu17 -D_GNU_SOURCE -I$(source) -I$(source)/libtare -I. $(include) $(FUZZ_CFLAGS) $(sanitize) \
	$(instrument) -MMD -MP

library_objects = $(patsubst %.c,$(directory)/%.o,$(filter-out libtare/base/arena.c,$(filter %.c,$(library))))
support = $(patsubst %,$(directory)/tests/fuzz/%.o,arena fuzz check-filter check-device-program) \
	$(directory)/tests/support/device-machine.o
programs = $(patsubst %,$(directory)/fuzz-%,$(harnesses))

all: $(programs) $(directory)/json.dict

list:
	@echo $(harnesses)

$(directory)/libtare/%.o: $(source)/libtare/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"
	@$(FUZZ_CC) $(flags) -DTARE_LIBRARY -include $(source)/libtare/base/banned.h -c -o $@ $<

$(directory)/tests/%.o: $(source)/tests/%.c
	@mkdir -p $(@D)
	@echo "  CC       $@"
	@$(FUZZ_CC) $(flags) -Wall -Wextra -Werror -c -o $@ $<

$(directory)/libtare.a: $(library_objects)
	@rm -f $@
	@$(AR) rcs $@ $^

AR ?= ar

$(directory)/fuzz-%: $(directory)/tests/fuzz/%.o $(support) $(main) $(directory)/libtare.a
	@echo "  CCLD     $@"
	@$(FUZZ_CC) $(FUZZ_CFLAGS) $(sanitize) $(link) -o $@ $^ $(libs) -ldl

$(directory)/dictionary: $(directory)/tests/fuzz/dictionary.o $(support) $(directory)/libtare.a
	@$(FUZZ_CC) $(FUZZ_CFLAGS) $(sanitize) -o $@ $^ $(libs) -ldl

$(directory)/json.dict: $(directory)/dictionary
	@$< >$@.new && mv $@.new $@

.SECONDARY:
.PHONY: all list
-include $(shell find $(directory) -name '*.d' 2>/dev/null)
