/* For yumen.c and the files of the worlds. */
#ifndef YUMEN_CROSSING_H
#define YUMEN_CROSSING_H

#include "yumen.h"

#define YUMEN_EXPORT(interface, name) __attribute__((export_name("yumen:plugin/" interface "@0.1.0#" name)))

void yumen_enter(void);
void yumen_leave(void);

#endif
