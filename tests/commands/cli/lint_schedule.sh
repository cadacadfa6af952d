# What is wrong with schedule and heads stands in the part on training: by host, the first thing.
tell() { "$OCSP" lint "$1" | sed -n '/^training/,$p' | grep -v repaired; }
sed 's/^channels=3/&\nbatch=4\nsubdivisions=8/' small.cfg >division.cfg
tell division.cfg
sed 's/^channels=3/&\npolicy=sgdr/' small.cfg >policy.cfg
tell policy.cfg
printf '[net]\nbatch=4\nmax_batches=9\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=20\n[yolo]\nclasses=2\nnum=3\n' >head.cfg
tell head.cfg
# what is found of a host in the parts above stops its training, but a crash that training mends
sed 's/^\[avgpool\]/[batchnorm]\n&/' small.cfg >batchnorm.cfg
tell batchnorm.cfg
# a name that looks like the front of a message
cp policy.cfg 'a: b.cfg'
tell 'a: b.cfg'
