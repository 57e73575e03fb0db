package io.stagepost.outbox.frameworks;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionSynchronizationRegistryImple;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.agroal.narayana.NarayanaTransactionIntegration;
import io.stagepost.outbox.CurrentTransaction;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.xa.PGXADataSource;

/** A Jakarta transaction manager (Narayana), with a pool (Agroal) that joins its transactions. */
class JakartaTest extends JoiningContract {
  private static final TransactionManager TRANSACTIONS = narayana();

  private final AgroalDataSource dataSource = agroal();

  private static TransactionManager narayana() {
    try {
      arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier("stagepost");
    } catch (Exception refused) {
      throw new AssertionError(refused);
    }
    for (@Nullable String store :
        new @Nullable String[] {null, "communicationStore", "stateStore"}) {
      BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, store)
          .setObjectStoreType(VolatileStore.class.getName());
    }
    return com.arjuna.ats.jta.TransactionManager.transactionManager();
  }

  private AgroalDataSource agroal() {
    try {
      return AgroalDataSource.from(
          new AgroalDataSourceConfigurationSupplier()
              .connectionPoolConfiguration(
                  pool ->
                      pool.maxSize(3)
                          .transactionIntegration(
                              new NarayanaTransactionIntegration(
                                  TRANSACTIONS, new TransactionSynchronizationRegistryImple()))
                          .connectionFactoryConfiguration(
                              factory ->
                                  factory
                                      .connectionProviderClass(PGXADataSource.class)
                                      .jdbcUrl(office.database.jdbcUrl())
                                      .principal(new NamePrincipal(office.database.username()))
                                      .credential(
                                          new SimplePassword(office.database.password())))));
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  // spotless:off
  // snippet: jakarta
  static CurrentTransaction jakartaTransaction(TransactionManager transactions, DataSource dataSource) {
    return work -> {
      if (transactions.getStatus() == Status.STATUS_ACTIVE) {
        try (Connection connection = dataSource.getConnection()) { // joins; ends with the transaction
          work.accept(connection);
        }
      }
    };
  }
  // end
  // spotless:on

  @Override
  CurrentTransaction current() {
    return jakartaTransaction(TRANSACTIONS, dataSource);
  }

  @Override
  void inTransaction(Runnable work) throws Exception {
    TRANSACTIONS.begin();
    try {
      work.run();
    } catch (RuntimeException failure) {
      TRANSACTIONS.rollback();
      throw failure;
    }
    TRANSACTIONS.commit();
  }

  @Override
  void placeOrder(String id) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement insert =
            connection.prepareStatement("insert into purchase (id) values (?)")) {
      insert.setString(1, id);
      insert.executeUpdate();
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  String refusal() {
    return "SP-OUTBOX-060";
  }

  @Override
  void closeFramework() {
    dataSource.close();
  }
}
