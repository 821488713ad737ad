#include "sha.h"
