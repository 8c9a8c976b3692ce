package io.rkllm.tools.format;

import io.rkllm.input.Role;
import java.util.ArrayList;
import java.util.List;

/** The consecutive text of one role, for families whose templates alternate between two roles. */
record Turn(Role role, String text) {

  /** Merges consecutive turns of one role, separating their texts by an empty line. */
  static List<Turn> merged(List<Turn> turns) {
    List<Turn> merged = new ArrayList<>();
    for (Turn turn : turns) {
      if (!merged.isEmpty() && merged.getLast().role == turn.role) {
        merged.add(new Turn(turn.role, merged.removeLast().text + "\n\n" + turn.text));
      } else {
        merged.add(turn);
      }
    }
    return merged;
  }
}
