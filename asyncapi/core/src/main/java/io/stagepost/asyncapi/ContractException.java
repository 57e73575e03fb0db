package io.stagepost.asyncapi;

import io.stagepost.MessagingException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A contract cannot be read, or is wrong. */
public final class ContractException extends MessagingException {
  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  private final transient List<Finding> findings;

  ContractException(
      String code, String message, List<Finding> findings, @Nullable Throwable cause) {
    super(code, message, cause);
    this.findings = List.copyOf(findings);
  }

  /**
   * What is wrong with it.
   *
   * @return sorted; empty if it could not be read at all
   */
  public List<Finding> findings() {
    return findings;
  }
}
