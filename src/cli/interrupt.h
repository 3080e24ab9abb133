// A person or the system asks the program to stop.
#pragma once

namespace hearth {

// While one exists, SIGINT and SIGTERM do not end the program but are told, so that work which leaves something
// behind can clean up. The second one ends it as ever.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool asked() const;
};

}  // namespace hearth
