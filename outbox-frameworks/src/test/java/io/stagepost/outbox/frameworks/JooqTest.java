package io.stagepost.outbox.frameworks;

import static io.stagepost.outbox.frameworks.Office.ORDER_PLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.outbox.CurrentTransaction;
import io.stagepost.outbox.Outbox;
import io.stagepost.outbox.frameworks.Office.Order;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.impl.DataSourceConnectionProvider;
import org.jooq.impl.DefaultConfiguration;
import org.jooq.impl.ThreadLocalTransactionProvider;
import org.junit.jupiter.api.Test;

/** jOOQ's transactions: bound to the thread, or handed about. */
class JooqTest extends JoiningContract {
  static {
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
  }

  private final DSLContext jooq =
      DSL.using(
          new DefaultConfiguration()
              .set(SQLDialect.POSTGRES)
              .set(
                  new ThreadLocalTransactionProvider(
                      new DataSourceConnectionProvider(office.dataSource))));

  // spotless:off
  // snippet: jooq
  static CurrentTransaction jooqTransaction(DSLContext jooq) { // with a ThreadLocalTransactionProvider
    return work -> jooq.connection(work::accept);
  }
  // end
  // spotless:on

  @Override
  CurrentTransaction current() {
    return jooqTransaction(jooq);
  }

  @Override
  void inTransaction(Runnable work) {
    jooq.transaction(work::run);
  }

  @Override
  void placeOrder(String id) {
    jooq.execute("insert into purchase (id) values (?)", id);
  }

  @Override
  String refusal() {
    return "SP-OUTBOX-001";
  }

  @Test
  void d08_a_transaction_that_is_handed_about_is_joined() {
    DSLContext plain = DSL.using(office.dataSource, SQLDialect.POSTGRES);
    place(plain, office.outbox, new Order("o-1"));
    assertThat(office.outbox.pending()).isEqualTo(1);
  }

  private static void place(DSLContext jooq, Outbox outbox, Order order) {
    // spotless:off
    // snippet: jooq-handed
    jooq.transaction(trx -> {
      trx.dsl().execute("insert into purchase (id) values (?)", order.id());
      trx.dsl().connection(connection -> outbox.within(connection).publish(ORDER_PLACED.event(order)));
    });
    // end
    // spotless:on
  }
}
