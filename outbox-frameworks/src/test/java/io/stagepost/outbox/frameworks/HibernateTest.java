package io.stagepost.outbox.frameworks;

import io.stagepost.outbox.CurrentTransaction;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Transaction;
import org.hibernate.cfg.Configuration;

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
}
