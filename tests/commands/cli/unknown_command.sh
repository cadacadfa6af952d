for words in train classifier "classifier train" "classifier tst" "clasifier train" detecor inof "plna small.cfg" wombat \
    "help wombat" "wombat --help" "'' info" "$(printf 'x%.0s' {1..100})"; do
    eval "\"$OCSP\" $words" || [ $? = 2 ] || exit
done
exit 2
