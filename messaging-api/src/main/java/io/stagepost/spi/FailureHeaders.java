package io.stagepost.spi;

/**
 * The headers that a dead letter, or a parked or deferred message, carries beside those it came
 * with (rule D14), as text in UTF-8. Times are RFC 3339.
 */
public final class FailureHeaders {
  /** What all of them begin with. */
  public static final String PREFIX = "stagepost-";

  /** Why, as a short stable word. */
  public static final String REASON = PREFIX + "reason";

  /** The class of the last exception, if there was one. */
  public static final String EXCEPTION = PREFIX + "exception";

  /** The message of the last exception, at most 1,024 characters. */
  public static final String EXCEPTION_MESSAGE = PREFIX + "exception-message";

  /** The stack trace of the last exception, at most 4,096 characters. */
  public static final String STACK_TRACE = PREFIX + "stack-trace";

  /** When it failed first. */
  public static final String FIRST_FAILURE = PREFIX + "first-failure";

  /** When it failed last. */
  public static final String LAST_FAILURE = PREFIX + "last-failure";

  /** How often it was tried. */
  public static final String ATTEMPTS = PREFIX + "attempts";

  /** The subscription that gave it up. */
  public static final String SUBSCRIPTION = PREFIX + "subscription";

  /** The address that it came from. */
  public static final String ORIGIN_ADDRESS = PREFIX + "origin-address";

  /** The partition that it came from. */
  public static final String ORIGIN_PARTITION = PREFIX + "origin-partition";

  /** Its position in that partition. */
  public static final String ORIGIN_POSITION = PREFIX + "origin-position";

  /** How often it was replayed; absent if never. */
  public static final String REPLAYS = PREFIX + "replays";

  /**
   * What the headers of a deferred message begin with: they tell, while it lies at the delay
   * address, what is to be known when it comes back, and are taken off then.
   */
  public static final String DEFERRED = PREFIX + "deferred-";

  /** When a deferred message is due. */
  public static final String DUE = DEFERRED + "until";

  /**
   * When its key was released: on a message without a body behind the dead letters of a key, whose
   * later events are handled again from then on.
   */
  public static final String RELEASED = PREFIX + "released";

  private FailureHeaders() {}
}
