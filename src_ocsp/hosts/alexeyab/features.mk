# What AlexeyAB's Darknet gained after the oldest version that darknet_patch/apply takes, see
# hosts.mk; compat.h beside this file makes the best of them.
ocsp_feature_list_alexeyab := \
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
	"CLIP:src/parser.c:l.clip = " \
	"REVERSE:src/parser.c:layer.reverse = " \
	"REJECTION:include/darknet.h:weights_reject_freq" \
	"NEW_COORDS:include/darknet.h:new_coords" \
	"MAP_IOU_THRESH:src/detector.c:calc_map, float thresh, float iou_thresh" \
	"MANY_BOXES:src/parser.c:, 200)" \
	"LOSS_SCALE:include/darknet.h:loss_scale" \
	"SCALED_RATE:src/convolutional_kernels.cu:learning_rate_scale / loss_scale" \
	"HISTORY:include/darknet.h:HISTORY" \
	"IMPLICIT:include/darknet.h:IMPLICIT" \
	"UNTRAINED:src/network.c:l.train"
