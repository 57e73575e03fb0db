package io.stagepost.prove;

/** What can happen. */
enum Fault {
  RELAY_KILLED("relay killed (kill -9)", 14),
  RELAY_STOPPED("relay stopped and continued", 8),
  RELAY_ZOMBIE("relay stopped past its session", 8),
  CLOCK_JUMPED("relay's clock jumped", 6),
  WRITER_KILLED("writer killed (kill -9)", 6),
  WRITER_STOPPED("writer stopped and continued", 4),
  CONSUMER_KILLED("consumer killed (kill -9)", 6),
  CONSUMER_STOPPED("consumer stopped and continued", 5),
  BROKER_KILLED("broker killed (kill -9)", 3),
  BROKER_STOPPED("broker stopped and continued", 4),
  BROKER_CUT("broker's connections cut", 7),
  BROKER_HALF_OPEN("broker's connections half open", 4),
  BROKER_SILENT("broker's network silent", 4),
  DATABASE_KILLED("database killed (kill -9)", 3),
  DATABASE_CRASHED("database's session killed", 4),
  DATABASE_STOPPED("database stopped and continued", 4),
  DATABASE_CUT("database's connections cut", 8),
  DATABASE_HALF_OPEN("database's connections half open", 4),
  DATABASE_SILENT("database's network silent", 4),
  DATABASE_FULL("database's disk full", 2),
  HORIZON_HELD("long transaction held the horizon", 6),
  LONG_PUBLISH("long transaction with events", 6),
  STORM("serialisation-failure storm", 4);

  private final String title;
  private final int weight;

  Fault(String title, int weight) {
    this.title = title;
    this.weight = weight;
  }

  String title() {
    return title;
  }

  /** How often it comes, against the others. */
  int weight() {
    return weight;
  }
}
