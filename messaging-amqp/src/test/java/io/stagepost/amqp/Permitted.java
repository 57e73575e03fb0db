package io.stagepost.amqp;

import io.stagepost.testkit.fixture.RabbitFixture;

/** A user who may do what the documentation says that a service needs, and no more. */
final class Permitted {
  private Permitted() {}

  /** Where the broker is, for a new user: one who declares, and consumes as that subscription. */
  static String uri(RabbitFixture broker, String channel, String subscription) {
    String user = channel;
    String names = "^" + channel + "(\\." + subscription + "(\\..*)?)?$";
    String unused = broker.ctl("add_user", user, "secret");
    String unusedToo =
        broker.ctl("set_permissions", "-p", broker.virtualHost(), user, names, names, names);
    return broker.uri().replaceFirst("//[^@]*@", "//" + user + ":secret@");
  }
}
