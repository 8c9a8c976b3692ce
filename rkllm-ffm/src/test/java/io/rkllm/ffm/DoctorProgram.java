package io.rkllm.ffm;

import io.rkllm.runtime.Doctor;
import java.nio.file.Path;

/** Prints the doctor's report on a library, in a JVM that has not opened another one. */
final class DoctorProgram {
  private DoctorProgram() {}

  public static void main(String[] args) {
    System.out.print(Doctor.examine(Path.of(args[0])));
  }
}
