#!/bin/bash
# tests/commands/test_train_fuzz.sh with more cfgs, all of the host's among them.
TRAIN_FUZZ=${TRAIN_FUZZ:-"10000 600"} exec "$(dirname "$0")/../commands/test_train_fuzz.sh"
