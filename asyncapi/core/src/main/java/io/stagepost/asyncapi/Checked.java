package io.stagepost.asyncapi;

import java.util.List;
import java.util.Optional;

/**
 * What came of checking a document.
 *
 * @param contract what could be understood of it; empty if it is no AsyncAPI 3 document
 * @param findings all that is wrong, sorted
 */
public record Checked(Optional<Contract> contract, List<Finding> findings) {
  /**
   * Whether the document may be used.
   *
   * @return whether none of the findings is an error
   */
  public boolean isValid() {
    return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
  }
}
