package io.rkllm.ffm;

import org.jspecify.annotations.Nullable;

/** Processor architectures, identified by their number in ELF files ({@code e_machine}). */
enum Machine {
  X86(3, "32-bit x86"),
  ARM(40, "32-bit ARM (armhf)"),
  X86_64(62, "x86_64"),
  AARCH64(183, "aarch64 (64-bit ARM)"),
  RISCV(243, "RISC-V");

  private final int number;
  private final String label;

  Machine(int number, String label) {
    this.number = number;
    this.label = label;
  }

  /** Returns the number in ELF files. */
  int number() {
    return number;
  }

  /** Returns the common name. */
  String label() {
    return label;
  }

  /** Returns the architecture of this JVM, or null if it is not in this enum. */
  static @Nullable Machine ofThisJvm() {
    return switch (System.getProperty("os.arch", "")) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> null;
    };
  }

  /** Returns the name of the architecture with the given number. */
  static String labelOf(int number) {
    for (Machine machine : values()) {
      if (machine.number == number) {
        return machine.label;
      }
    }
    return "another architecture (e_machine " + number + ")";
  }
}
