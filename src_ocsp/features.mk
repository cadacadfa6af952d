# What AlexeyAB's Darknet gained after the oldest version that darknet_patch/apply takes,
# each as NAME:FILE:TEXT, quoted. $(ocsp_features) has -DOCSP_HAS_NAME=1 where FILE of the tree
# $(OCSP_TREE) holds TEXT, and =0 where not; hosts/darknet_compat.h makes the best of them.
# ocsp.cmake reads the list here, too.
ocsp_feature_list := \
	"DONT_UPDATE:include/darknet.h:dont_update" \
	"TRAIN_ONLY_BN:include/darknet.h:train_only_bn" \
	"RELU6:include/darknet.h:RELU6" \
	"GELU:include/darknet.h:GELU" \
	"WIDE_EPSILON:src/blas.c:+ .00001f" \
	"TOTAL_BBOX:include/darknet.h:total_bbox" \
	"HARD_MISH:include/darknet.h:HARD_MISH" \
	"STRIDED_1X1:src/convolutional_layer.c:l.size == 1 && l.stride == 1" \
	"COORDCONV:include/darknet.h:coordconv" \
	"BADLABELS:include/darknet.h:badlabels_reject_threshold" \
	"BATCHNORM_BUFFERS:src/batchnorm_layer.c:layer.x = " \
	"MAXPOOL_ZERO_NONMAX:include/darknet.h:maxpool_zero_nonmax" \
	"STREAMS:include/darknet.h:wait_stream_id" \
	"CUDA_GRAPH:include/darknet.h:use_cuda_graph" \
	"REVLEAKY:include/darknet.h:REVLEAKY" \
	"CONTRASTIVE:include/darknet.h:CONTRASTIVE" \
	"ADVERSARIAL:include/darknet.h:adversarial_lr" \
	"GRAD_CENTR:include/darknet.h:grad_centr" \
	"EMA:include/darknet.h:weights_ema" \
	"REJECTION:include/darknet.h:weights_reject_freq" \
	"NEW_COORDS:include/darknet.h:new_coords" \
	"LOSS_SCALE:include/darknet.h:loss_scale" \
	"SCALED_RATE:src/convolutional_kernels.cu:learning_rate_scale / loss_scale" \
	"UNTRAINED:src/network.c:l.train"

ocsp_features := $(shell cd "$(OCSP_TREE)" && IFS=: && for f in $(ocsp_feature_list); do \
	set -- $$f; has=0; if grep -qsF -- "$$3" "$$2"; then has=1; fi; \
	echo "-DOCSP_HAS_$$1=$$has"; done)
