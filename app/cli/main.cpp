#include <iostream>

#include "app/cli/version.hpp"

int main() {
  std::cout << gb::cli::version_text() << "\n";
  return 0;
}
