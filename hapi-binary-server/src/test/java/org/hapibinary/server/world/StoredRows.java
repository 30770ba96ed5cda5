/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.dao.GZipUtil;
import ca.uhn.fhir.jpa.model.entity.ResourceEncodingEnum;
import ca.uhn.fhir.jpa.model.entity.ResourceHistoryTable;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.hapibinary.server.host.ServerUnderTest;
import org.springframework.jdbc.core.JdbcTemplate;

/** Changes how resources are stored, to what other versions of HAPI, other settings and other programs have left. */
public final class StoredRows {

    /** In HFJ_RES_VER; takes a type and an id. */
    private static final String OF_RESOURCE =
            "RES_ID = (select RES_ID from HFJ_RESOURCE where RES_TYPE = ? and FHIR_ID = ?)";

    private final EntityManagerFactory entities;
    private final JdbcTemplate sql;

    public StoredRows(ServerUnderTest server) {
        entities = server.bean(EntityManagerFactory.class);
        sql = new JdbcTemplate(server.bean(DataSource.class));
    }

    /** As HAPI stored all resources before it had a column of text for them. */
    public void compress(String type, String id) {
        change(type, id, version -> {
            version.setResource(GZipUtil.compress(Objects.requireNonNull(version.getResourceTextVc())));
            version.setEncoding(ResourceEncodingEnum.JSONC);
            version.setResourceTextVc(null);
        });
    }

    /** As JSON, but not in the column of text. */
    void moveIntoBytes(String type, String id) {
        change(type, id, version -> {
            version.setResource(
                    Objects.requireNonNull(version.getResourceTextVc()).getBytes(StandardCharsets.UTF_8));
            version.setEncoding(ResourceEncodingEnum.JSON);
            version.setResourceTextVc(null);
        });
    }

    private void change(String type, String id, Consumer<ResourceHistoryTable> change) {
        Long resource = sql.queryForObject(
                "select RES_ID from HFJ_RESOURCE where RES_TYPE = ? and FHIR_ID = ?", Long.class, type, id);
        try (EntityManager manager = entities.createEntityManager()) {
            manager.getTransaction().begin();
            List<ResourceHistoryTable> versions = manager.createQuery(
                            "select v from ResourceHistoryTable v where v.myResourceId = :resource",
                            ResourceHistoryTable.class)
                    .setParameter("resource", resource)
                    .getResultList();
            assertThat(versions).hasSize(1);
            change.accept(versions.get(0));
            manager.getTransaction().commit();
        }
    }

    /** Another text, in all versions. */
    public void replace(String type, String id, String json) {
        assertThat(sql.update("update HFJ_RES_VER set RES_TEXT_VC = ? where " + OF_RESOURCE, json, type, id))
                .isEqualTo(1);
    }

    /** As if it were compressed, with bytes that are not. */
    public void compressBadly(String type, String id) {
        change(type, id, version -> {
            version.setResource(new byte[] {1, 2, 3});
            version.setEncoding(ResourceEncodingEnum.JSONC);
            version.setResourceTextVc(null);
        });
    }

    /** With the name of an encoding that this version of HAPI does not know. */
    public void encodeOtherwise(String type, String id) {
        assertThat(sql.update("update HFJ_RES_VER set RES_ENCODING = 'NONE' where " + OF_RESOURCE, type, id))
                .isEqualTo(1);
    }

    /** As an expunge that was interrupted leaves it. */
    public void deleteVersion(String type, String id, long version) {
        assertThat(sql.update("delete from HFJ_RES_VER where " + OF_RESOURCE + " and RES_VER = ?", type, id, version))
                .isEqualTo(1);
    }

    /** To where HAPI kept {@code meta.source} before 6.8. */
    void moveSource(String type, String id) {
        sql.update(
                "insert into HFJ_RES_VER_PROV (RES_VER_PID, RES_PID, SOURCE_URI, REQUEST_ID)"
                        + " select PID, RES_ID, SOURCE_URI, REQUEST_ID from HFJ_RES_VER where " + OF_RESOURCE,
                type,
                id);
        assertThat(sql.update(
                        "update HFJ_RES_VER set SOURCE_URI = null, REQUEST_ID = null where " + OF_RESOURCE, type, id))
                .isEqualTo(1);
    }

    /** How many current versions have a {@code meta} in their text. */
    public long withMeta() {
        return Objects.requireNonNull(sql.queryForObject(
                "select count(*) from HFJ_RES_VER v"
                        + " join HFJ_RESOURCE r on v.RES_ID = r.RES_ID and v.RES_VER = r.RES_VER"
                        + " where r.RES_DELETED_AT is null and v.RES_TEXT_VC like '%\"meta\":%'",
                Long.class));
    }
}
