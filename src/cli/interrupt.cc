#include "cli/interrupt.h"

#include <csignal>

namespace hearth {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};

volatile std::sig_atomic_t asked_to_stop = 0;

void on_signal(int signal) {
  asked_to_stop = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interruption::Interruption() {
  asked_to_stop = 0;
  for (int signal : kSignals) std::signal(signal, on_signal);
}

Interruption::~Interruption() {
  for (int signal : kSignals) std::signal(signal, SIG_DFL);
}

bool Interruption::asked() const { return asked_to_stop; }

}  // namespace hearth
