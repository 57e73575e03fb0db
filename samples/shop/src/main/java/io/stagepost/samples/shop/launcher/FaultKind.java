package io.stagepost.samples.shop.launcher;

/** What befalls the shop with {@code --faults}, beside the one line that fails for good. */
enum FaultKind {
  /** The payment service gets SIGKILL, and is started again. */
  PAYMENT_KILLED("payment-killed"),
  /** The broker gets SIGKILL, and is started again on the same data. */
  BROKER_KILLED("broker-killed"),
  /** Every connection between services and broker is closed. */
  CONNECTIONS_CUT("connections-cut"),
  /** Payment or shipping gets SIGSTOP until its session is over, then SIGCONT. */
  CONSUMER_STOPPED("consumer-stopped"),
  /** A handler throws after it did its work. The services do this one themselves. */
  HANDLER_FAILED("handler-failed");

  private final String word;

  FaultKind(String word) {
    this.word = word;
  }

  /** Its name in the report. */
  String word() {
    return word;
  }
}
