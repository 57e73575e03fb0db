package io.stagepost.spi;

/**
 * The stay of one partition or queue with one receiver: it begins when the broker assigns it and
 * ends when it is revoked or lost. A partition that comes back is a new assignment.
 *
 * <p>Thread-safe. Compared by identity.
 */
public final class Assignment {
  private final String name;
  private volatile boolean held = true;

  /**
   * A new assignment.
   *
   * @param name the partition's or queue's name, for people
   */
  public Assignment(String name) {
    this.name = name;
  }

  /**
   * Whether its deliveries may be started.
   *
   * @return false once {@link #release()} was called
   */
  public boolean isHeld() {
    return held;
  }

  /** Makes sure that no further delivery of it is started; for good. */
  public void release() {
    held = false;
  }

  @Override
  public String toString() {
    return name;
  }
}
