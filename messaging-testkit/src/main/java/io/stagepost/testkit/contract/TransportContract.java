package io.stagepost.testkit.contract;

/** x. */
public abstract class TransportContract extends BytesContract {
  /** For subclasses. */
  protected TransportContract() {}
}
