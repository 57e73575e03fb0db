package io.stagepost.outbox.frameworks;

import static io.stagepost.outbox.frameworks.Office.ORDER_PLACED;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.TransactionalPublisher;
import io.stagepost.outbox.CurrentTransaction;
import io.stagepost.outbox.frameworks.Office.Order;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Transaction;
import org.hibernate.cfg.Configuration;
import org.junit.jupiter.api.Test;

/** Hibernate's own transactions, with a session for each thread. */
class HibernateTest extends JoiningContract {
  private final SessionFactory sessions = sessions();

  private SessionFactory sessions() {
    Configuration configuration = new Configuration().addAnnotatedClass(Purchase.class);
    configuration.getProperties().put("hibernate.connection.datasource", office.dataSource);
    configuration.setProperty("hibernate.current_session_context_class", "thread");
    return configuration.buildSessionFactory();
  }

  // spotless:off
  // snippet: hibernate
  static CurrentTransaction hibernateTransaction(SessionFactory sessions) {
    return work -> {
      Session session = sessions.getCurrentSession();
      if (session.getTransaction().isActive()) {
        session.flush(); // the business rows, and their locks, come before the event
        session.doWork(work::accept);
      }
    };
  }
  // end
  // spotless:on

  @Override
  CurrentTransaction current() {
    return hibernateTransaction(sessions);
  }

  @Override
  void inTransaction(Runnable work) {
    Transaction transaction = sessions.getCurrentSession().beginTransaction();
    try {
      work.run();
      transaction.commit();
    } catch (RuntimeException failure) {
      transaction.rollback();
      throw failure;
    }
  }

  @Override
  void placeOrder(String id) {
    sessions.getCurrentSession().persist(new Purchase(id));
  }

  @Override
  String refusal() {
    return "SP-OUTBOX-060";
  }

  @Override
  void closeFramework() {
    sessions.close();
  }

  @Test
  void the_business_row_is_written_before_the_event() {
    TransactionalPublisher publisher = office.outbox.joining(current());
    inTransaction(
        () -> {
          placeOrder("o-1");
          publisher.publish(ORDER_PLACED.event(new Order("o-1")));
          long written =
              sessions.getCurrentSession().doReturningWork(connection -> orders(connection));
          assertThat(written).isEqualTo(1);
        });
  }

  private static long orders(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select count(*) from purchase")) {
      answer.next();
      return answer.getLong(1);
    }
  }
}
