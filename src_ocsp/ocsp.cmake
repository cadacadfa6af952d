# Read by the host's own CMakeLists.txt after its targets; OCSP_HOST names the host's folder in
# hosts/, and OCSP_TARGETS what holds the patched training loops. Adds our sources and libraries
# to these.

enable_language(C) # a host may be in C++ alone
set(ocsp_dir ${CMAKE_CURRENT_LIST_DIR})
set(ocsp_sources)
file(READ ${ocsp_dir}/rooms.mk content)
string(REGEX REPLACE ".*ocsp_rooms := ([^\n]*).*" "\\1" ocsp_rooms "${content}")
string(REPLACE " " ";" ocsp_rooms "${ocsp_rooms}")
file(STRINGS ${ocsp_dir}/hosts/list.h ocsp_hosts REGEX "^OCSP_HOST_ENTRY")
string(REGEX REPLACE "OCSP_HOST_ENTRY\\(([^)]*)\\)" "\\1" ocsp_hosts "${ocsp_hosts}")
if(NOT OCSP_HOST IN_LIST ocsp_hosts)
  message(FATAL_ERROR "OCSP_HOST=${OCSP_HOST} is none of: ${ocsp_hosts}")
endif()
# as ocsp_host_folders of hosts.mk; a host in C++ has no compat.h
set(ocsp_host_folders hosts/${OCSP_HOST})
if(EXISTS ${ocsp_dir}/hosts/${OCSP_HOST}/compat.h)
  list(APPEND ocsp_host_folders hosts/by_value)
endif()
foreach(room ${ocsp_rooms} ${ocsp_host_folders})
  file(GLOB ocsp_room CONFIGURE_DEPENDS ${ocsp_dir}/${room}/*.c ${ocsp_dir}/${room}/*.cpp)
  list(APPEND ocsp_sources ${ocsp_room})
  if(ENABLE_CUDA)
    file(GLOB ocsp_room CONFIGURE_DEPENDS ${ocsp_dir}/${room}/*.cu)
    list(APPEND ocsp_sources ${ocsp_room})
  endif()
endforeach()
# what training refuses in any host: `ocsp lint` names it
file(GLOB ocsp_room CONFIGURE_DEPENDS ${ocsp_dir}/hosts/*/rules*.c)
list(APPEND ocsp_sources ${ocsp_room})
list(REMOVE_DUPLICATES ocsp_sources)
list(REMOVE_ITEM ocsp_sources ${ocsp_dir}/cli/main.c)

find_library(OCSP_JANSSON jansson)
find_library(OCSP_MD md)
if(NOT OCSP_JANSSON OR NOT OCSP_MD)
  message(FATAL_ERROR "OCSP needs libjansson and libmd (libjansson-dev, libmd-dev)")
endif()

# As engine.mk has it for make.
option(OCSP_ONEDNN "OCSP's CPU engine, where oneDNN 2 or 3 is" ON)
if(ENABLE_CUDA OR NOT EXISTS ${ocsp_dir}/hosts/${OCSP_HOST}/compat.h)
  set(OCSP_ONEDNN OFF)
endif()
set(ocsp_engine_libraries)
if(OCSP_ONEDNN)
  find_library(OCSP_DNNL dnnl)
  find_package(OpenMP COMPONENTS C)
  include(CheckCSourceCompiles)
  check_c_source_compiles("
    #include <dnnl.h>
    #if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3
    #error another
    #endif
    int main(void) { return 0; }" OCSP_DNNL_FITS)
endif()
if(OCSP_ONEDNN AND OCSP_DNNL AND OCSP_DNNL_FITS AND OpenMP_C_FOUND)
  set(ocsp_engine_libraries ${OCSP_DNNL} OpenMP::OpenMP_C)
else()
  message(STATUS "OCSP: built without the CPU engine (oneDNN 2 or 3, libdnnl-dev)")
  file(GLOB ocsp_engine_sources ${ocsp_dir}/engine/*.c)
  list(REMOVE_ITEM ocsp_sources ${ocsp_engine_sources})
endif()

# As engine.mk has it for make.
option(OCSP_OPENCV "OpenCV's DNN as an engine of `ocsp speed`" ${ENABLE_OPENCV})
set(ocsp_opencv_libraries)
if(OCSP_OPENCV)
  find_package(OpenCV QUIET COMPONENTS core dnn)
endif()
if(OCSP_OPENCV AND TARGET opencv_dnn AND OpenCV_VERSION VERSION_LESS 5) # which reads no cfg
  set(ocsp_opencv_libraries opencv_dnn opencv_core)
else()
  list(REMOVE_ITEM ocsp_sources ${ocsp_dir}/engine/opencv_dnn.cpp)
endif()

# As hosts.mk does it for make.
set(content)
if(EXISTS ${ocsp_dir}/hosts/${OCSP_HOST}/features.mk)
  file(READ ${ocsp_dir}/hosts/${OCSP_HOST}/features.mk content)
endif()
string(REGEX MATCHALL "\"[A-Z0-9_]+:[^\"]+\"" ocsp_features "${content}")
set(ocsp_definitions OCSP_HOST=${OCSP_HOST})
foreach(feature ${ocsp_features})
  string(REGEX MATCH "\"([^:]+):([^:]+):([^\"]+)\"" feature "${feature}")
  set(name ${CMAKE_MATCH_1})
  set(text "${CMAKE_MATCH_3}")
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${CMAKE_MATCH_2} content)
  string(FIND "${content}" "${text}" at)
  if(at EQUAL -1)
    list(APPEND ocsp_definitions OCSP_HAS_${name}=0)
  else()
    list(APPEND ocsp_definitions OCSP_HAS_${name}=1)
  endif()
endforeach()

if(ocsp_engine_libraries)
  list(APPEND ocsp_definitions OCSP_ONEDNN)
endif()
if(ocsp_opencv_libraries)
  list(APPEND ocsp_definitions OCSP_OPENCV_DNN)
endif()

# The release flags of the host hold -Ofast, which removes tests for NaN.
foreach(file ${ocsp_sources})
  if(file MATCHES "\\.c$")
    set_source_files_properties(${file} PROPERTIES LANGUAGE C
      COMPILE_OPTIONS "-std=gnu11;-fno-fast-math;${OpenMP_C_FLAGS}")
  endif()
  if(file MATCHES "\\.cpp$")
    set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "-fno-fast-math")
  endif()
  set_source_files_properties(${file} PROPERTIES COMPILE_DEFINITIONS "${ocsp_definitions}")
endforeach()

foreach(target ${OCSP_TARGETS})
  target_sources(${target} PRIVATE ${ocsp_sources})
  target_include_directories(${target} PRIVATE ${ocsp_dir})
  target_link_libraries(${target} PRIVATE ${ocsp_engine_libraries} ${ocsp_opencv_libraries} ${OCSP_JANSSON} ${OCSP_MD})
endforeach()
