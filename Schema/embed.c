#include "Schema.h"

// #embed puts the files themselves into the program: one binary is the whole product.
#pragma clang diagnostic ignored "-Wc23-extensions"

const sister_schema_file *sister_schema_file_at(int index) {
  static const sister_schema_file files[] = {{0}};
  return 0;
}
