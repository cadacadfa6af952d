# How a file is compiled and a program linked. What is made by these recipes depends on
# $(RECIPES), and on the part that has its rule.
RECIPES := Makefile mk/recipes.mk

OUR_CC = $(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -Isrc_ocsp -MMD -MP

# $(call compile,WORD,COMMAND,NOTE): the target from the first prerequisite, by COMMAND with all
# its flags; the line on the screen is WORD, the file, and NOTE in parentheses where there is one.
define compile
@mkdir -p $(@D)
@echo "  $1 $<$(if $3, ($3))"
$(Q)$2 -c $< -o $@
endef

# $(call link,COMPILER,LIBRARIES): the target from those of its prerequisites that are objects.
define link
@mkdir -p $(@D)
@echo "  LD $@"
$(Q)$1 $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(filter %.o,$^) -o $@ $2
endef
