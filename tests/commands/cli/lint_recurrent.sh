# What is refused of inference on one image alone stops no training.
printf '[net]\nwidth=16\nheight=16\nchannels=3\nbatch=8\nmax_batches=9\n[convolutional]\nfilters=4\nsize=3\npad=1
[rnn]\noutput=8\n[connected]\noutput=2\n[softmax]\n' >recurrent.cfg
"$OCSP" lint recurrent.cfg | grep '^Darknet'
