package io.stagepost.samples.shop;

import io.stagepost.samples.shop.launcher.Launcher;

/** The command: starts a broker, a database and the three services, and reports what they did. */
public final class Shop {
  private Shop() {}

  public static void main(String[] args) {
    System.exit(Launcher.run(args));
  }
}
