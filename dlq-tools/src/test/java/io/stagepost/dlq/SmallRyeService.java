package io.stagepost.dlq;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/** A service over SmallRye Reactive Messaging, as a process: runs until its input ends. */
public final class SmallRyeService {
  private SmallRyeService() {}

  /**
   * Starts it.
   *
   * @param arguments none; it is set up by system properties, as MicroProfile has it
   * @throws IOException if its input cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    try (WeldContainer container = new Weld().addBeanClass(Billing.class).initialize()) {
      System.out.println("started " + container.getId());
      while (System.in.read() >= 0) {
        // goes on
      }
    }
  }

  /** Handles orders; for as long as it is broken, not all of them. */
  @ApplicationScoped
  public static class Billing {
    /** For the container. */
    public Billing() {}

    /**
     * Handles an order.
     *
     * @param order which
     */
    @Incoming("orders")
    public void handle(String order) {
      if (Boolean.getBoolean("broken") && order.startsWith("stock")) {
        throw new IllegalStateException("the shelf is empty");
      }
      System.out.println("handled " + order);
    }
  }
}
