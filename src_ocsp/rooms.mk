# The rooms of src_ocsp/ in their order, a folder each. All build files read them here,
# ocsp.cmake too.
ocsp_rooms := net layers prune lint cycle view hosts engine train cli
