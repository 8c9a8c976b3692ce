package io.rkllm.ffm;

import org.jspecify.annotations.Nullable;

/**
 * The processor architectures that matter here, by their number in ELF files ({@code e_machine}).
 */
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

  /** The number in ELF files. */
  int number() {
    return number;
  }

  /** The name people know it by. */
  String label() {
    return label;
  }

  /** The machine this JVM runs on; null if it is none of these. */
  static @Nullable Machine ofThisJvm() {
    return switch (System.getProperty("os.arch", "")) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> null;
    };
  }

  /** The name of the machine with this number. */
  static String labelOf(int number) {
    for (Machine machine : values()) {
      if (machine.number == number) {
        return machine.label;
      }
    }
    return "another architecture (e_machine " + number + ")";
  }
}
