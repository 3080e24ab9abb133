// Where in a grammar a text may have arrived: all places at once. A place is a state of the automaton and what to
// return to when its piece is done. What is returned to is shared: a piece called at one point of the text is one
// node, whoever called it there, so that an ambiguous grammar takes polynomial, not exponential, time and memory.
// Everything is appended in order, so that going back is cutting off.
#pragma once

#include <cstdint>
#include <vector>

#include "sample/grammar/automaton.h"

namespace hearth::grammar {

class Frontier {
 public:
  struct Item {
    StateId state;
    uint32_t count;  // how often the state's piece has been matched, if it counts
    uint32_t node;
    bool operator==(const Item&) const = default;
  };
  // Called pieces that end here go on in the caller's state.
  struct Return {
    StateId state;
    uint32_t count;
    uint32_t node;
    uint32_t next;  // of the same node, or kNoReturn
  };
  static constexpr uint32_t kRoot = 0, kNoReturn = ~uint32_t{0};

  // How many places there may be at once; a text that would take more is refused, and spent() says so.
  static constexpr size_t kMostItems = 1 << 14;

  explicit Frontier(const Automaton& automaton);

  // At one place whose caller is nobody; at_start(): where the grammar begins.
  void start_at(StateId state, uint32_t count);
  // The same, but what the state calls is not followed, nor that it may end.
  void start_alone_at(StateId state, uint32_t count);
  void at_start();

  // False, and nothing is changed, if the byte cannot come next.
  bool step(uint8_t byte);
  // The same for a token of its own, whose text, if it is also read as that, is `bytes`.
  bool step_token(TokenId token, std::string_view bytes);

  std::span<const Item> items() const {
    return std::span(items_).subspan(at_.items_begin, at_.items_end - at_.items_begin);
  }
  // The text so far is whole: the root has been left.
  bool complete() const { return at_.complete; }
  bool alive() const { return at_.items_end != at_.items_begin || at_.complete; }

  uint32_t first_return(uint32_t node) const { return nodes_[node]; }
  const Return& return_at(uint32_t index) const { return returns_[index]; }

  // Puts the only item into another state, one that waits.
  void move_to(StateId state);

  // What to go back to; valid until something older is gone back to.
  struct Mark {
    uint32_t items_begin = 0, items_end = 0, nodes = 0, returns = 0;
    bool complete = false;
  };
  Mark mark() const { return at_; }
  void go_back(const Mark& mark);
  // Moves the items to where `before` ends: what is between will not be gone back to.
  void forget_since(const Mark& before);

  // Steps made, for who has a limit; and whether one was refused for want of room.
  uint64_t steps() const { return steps_; }
  bool spent() const { return spent_; }
  void clear_spent() { spent_ = false; }
  size_t memory_bytes() const;

 private:
  void begin_position();
  void add(const Item& item);
  bool finish_position(const Mark& before);
  void complete_piece(const Item& item);
  void call(const Item& item, const Machine::Symbol& symbol);
  void add_return(uint32_t node, const Item& to);
  void advance_all(uint8_t byte, const Mark& from);

  const Automaton* automaton_;
  Mark at_;
  std::vector<Item> items_;
  std::vector<uint32_t> nodes_;  // the first of each one's returns
  std::vector<Return> returns_;
  uint32_t old_nodes_ = 0;  // nodes from before the position that is being made: their returns are all there

  // Which node a piece has at this position, and which items are there: valid where the stamp is the position's.
  std::vector<std::pair<uint32_t, uint32_t>> node_of_piece_;
  std::vector<std::pair<uint32_t, uint32_t>> known_items_;
  uint32_t stamp_ = 0;
  uint64_t steps_ = 0;
  bool spent_ = false;
};

}  // namespace hearth::grammar
