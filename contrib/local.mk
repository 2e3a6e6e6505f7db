# SPDX-License-Identifier: Apache-2.0
# Shell completions: printed by the binary itself, from the tables that parse its command line.
if !CROSS_COMPILING
bashcompletiondir = $(datadir)/bash-completion/completions
bashcompletion_DATA = contrib/completions/tare
zshcompletiondir = $(datadir)/zsh/site-functions
zshcompletion_DATA = contrib/completions/_tare
fishcompletiondir = $(datadir)/fish/vendor_completions.d
fishcompletion_DATA = contrib/completions/tare.fish
CLEANFILES += $(bashcompletion_DATA) $(zshcompletion_DATA) $(fishcompletion_DATA)

$(bashcompletion_DATA): tare
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./tare completion bash >$@.tmp && mv $@.tmp $@
$(zshcompletion_DATA): tare
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./tare completion zsh >$@.tmp && mv $@.tmp $@
$(fishcompletion_DATA): tare
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./tare completion fish >$@.tmp && mv $@.tmp $@
endif

# Snippets for the configuration of engines, and packages for distributions.
EXTRA_DIST += contrib/engines contrib/rpm/tare.spec
