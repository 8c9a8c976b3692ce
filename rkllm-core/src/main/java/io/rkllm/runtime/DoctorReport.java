package io.rkllm.runtime;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What was found out about the runtime's library and the machine, for people who look for a fault.
 * {@link #toString} is the report as text.
 *
 * @param findings in the order in which they should be read
 * @param usable whether a model could be loaded through this library
 */
public record DoctorReport(List<Finding> findings, boolean usable) {

  /** Copies the findings. */
  public DoctorReport {
    findings = List.copyOf(findings);
  }

  /**
   * One thing that was looked at.
   *
   * @param subject what was looked at, such as {@code library}
   * @param status how it stands
   * @param detail what was found and, where it is not good, what to do
   */
  public record Finding(String subject, Status status, String detail) {}

  /** How a finding is meant. */
  public enum Status {
    /** As it should be. */
    OK,
    /** A plain fact. */
    INFO,
    /** May matter. */
    WARNING,
    /** Stands in the way. */
    PROBLEM
  }

  /** One line a finding. */
  @Override
  public String toString() {
    return findings.stream()
        .map(f -> String.format("%-8s %-20s %s", f.status(), f.subject(), f.detail()))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
