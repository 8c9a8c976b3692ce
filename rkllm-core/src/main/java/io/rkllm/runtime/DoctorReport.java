package io.rkllm.runtime;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The result of examining the runtime's library and the machine, for people who investigate a
 * problem. {@link #toString} returns the report as text.
 *
 * @param findings the findings, in reading order
 * @param usable whether a model could be loaded with this library
 */
public record DoctorReport(List<Finding> findings, boolean usable) {

  /** Creates a report, copying the findings. */
  public DoctorReport {
    findings = List.copyOf(findings);
  }

  /**
   * A finding.
   *
   * @param subject the item that was examined, such as {@code library}
   * @param status the status of the item
   * @param detail the details and, if there is a problem, the remedy
   */
  public record Finding(String subject, Status status, String detail) {}

  /** The status of an examined item. */
  public enum Status {
    /** The item is in order. */
    OK,
    /** The finding is for information only. */
    INFO,
    /** The finding may cause a problem. */
    WARNING,
    /** The finding prevents models from being loaded. */
    PROBLEM
  }

  /** Returns the findings, one per line. */
  @Override
  public String toString() {
    return findings.stream()
        .map(f -> String.format("%-8s %-20s %s", f.status(), f.subject(), f.detail()))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
