/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.svc.NullBinaryStorageSvcImpl;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.hapibinary.storage.s3.S3AccessException;
import org.hapibinary.storage.s3.S3Storage;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** Where the content of files is kept, and that of Binaries of the record. */
class StorageConfiguration {

    @Bean
    ContentStore hapiBinaryContentStore(
            HapiBinaryProperties properties,
            DataSource dataSource,
            CatalogMigration migration,
            ObjectProvider<IBinaryStorageSvc> serverStorage) {
        StorageProperties storage = properties.storage();
        return switch (storage.mode()) {
            case FILESYSTEM -> new ContentStore(filesystem(storage.filesystem().directory()), migration.catalogId());
            case DATABASE -> new ContentStore(new DatabaseStorage(dataSource), migration.catalogId());
            case S3 -> new ContentStore(s3(storage.s3()), migration.catalogId());
            case EXISTING -> new ContentStore(existing(serverStorage.getIfUnique()));
        };
    }

    private static IBinaryStorageSvc existing(@Nullable IBinaryStorageSvc serverStorage) {
        if (serverStorage == null || serverStorage instanceof NullBinaryStorageSvcImpl) {
            throw new InvalidPropertyException(
                    "hapi.binary.storage.mode",
                    "existing",
                    "needs the server to have one IBinaryStorageSvc that stores");
        }
        return serverStorage;
    }

    static IBinaryStorageSvc filesystem(Path directory) {
        try {
            return new FilesystemStorage(directory);
        } catch (IOException e) {
            InvalidPropertyException invalid = new InvalidPropertyException(
                    "hapi.binary.storage.filesystem.directory",
                    directory.toAbsolutePath().toString(),
                    "must be a directory that the server can make and write to");
            invalid.initCause(e);
            throw invalid;
        }
    }

    private static IBinaryStorageSvc s3(StorageProperties.S3 properties) {
        try {
            return new S3Storage(properties.settings());
        } catch (S3AccessException e) {
            throw properties.invalid(e);
        }
    }

    /** The server's own storage, or none: then attachments are in their Binaries. */
    @Bean
    RecordBinaries hapiBinaryRecordBinaries(
            FhirContext fhirContext,
            DaoRegistry daos,
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager,
            ObjectProvider<IBinaryStorageSvc> serverStorage) {
        return new RecordBinaries(
                fhirContext,
                daos,
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory),
                transactionManager,
                serverStorage.getIfUnique(NullBinaryStorageSvcImpl::new));
    }
}
