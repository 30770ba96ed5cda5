/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.hapibinary.server.host.TestCertificate;
import org.hapibinary.server.host.TokenService;
import org.hapibinary.storage.S3Server;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.storage.s3.S3Storage;
import org.hl7.fhir.r4.model.IdType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store without a key of its own: the environment says which role to assume, as in Kubernetes. */
class S3RoleTest {

    private static final String ROLE = "arn:aws:iam::123456789012:role/exports";
    private static final String TOKEN = "the-token-of-the-pod";

    /** Less than a minute before its end the SDK takes a key for expired. */
    private static final Duration SHORT = Duration.ofSeconds(30);

    private final Map<String, String> before = new HashMap<>();

    private void set(String property, String value) {
        before.put(property, System.getProperty(property, ""));
        System.setProperty(property, value);
    }

    @AfterEach
    void restore() {
        before.forEach((property, value) -> {
            if (value.isEmpty()) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, value);
            }
        });
    }

    @Test
    void aWebIdentityIsExchangedForTheKeyOfARoleAndAgainBeforeThatExpires(@TempDir Path directory) throws Exception {
        TestCertificate certificate = TestCertificate.of(TokenService.HOST, directory);
        try (S3Server s3 = S3Server.withTemporaryKeys();
                TokenService tokens = new TokenService(certificate, s3, SHORT)) {
            assume(directory, certificate, tokens);
            S3Settings settings = new S3Settings(s3.bucket(), "files/", null, s3.endpoint(), null, true);
            try (S3Storage storage = new S3Storage(settings)) {
                byte[] content = "whatever".getBytes(StandardCharsets.UTF_8);
                IdType binary = new IdType("Binary/b");
                SystemRequestDetails request = new SystemRequestDetails();
                BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
                storage.storeBinaryContent(binary, "c", "text/plain", new ByteArrayInputStream(content), request);

                ByteArrayOutputStream read = new ByteArrayOutputStream();
                storage.writeBinaryContent(binary, "c", read);

                assertThat(read.toByteArray()).isEqualTo(content);
                assertThat(tokens.asked()).hasSizeGreaterThan(1).allSatisfy(form -> assertThat(form)
                        .contains("Action=AssumeRoleWithWebIdentity", "RoleArn=" + ROLE, "WebIdentityToken=" + TOKEN));
            }
        }
    }

    /** The names that the environment has for it are upper case: {@code AWS_ROLE_ARN} and so on. */
    private void assume(Path directory, TestCertificate certificate, TokenService tokens) throws Exception {
        set("aws.roleArn", ROLE);
        set(
                "aws.webIdentityTokenFile",
                Files.writeString(directory.resolve("token"), TOKEN).toString());
        set("aws.region", "us-east-1");
        set("http.proxyHost", "127.0.0.1"); // which the SDK takes for https as well
        set("http.proxyPort", Integer.toString(tokens.proxyPort()));
        set("http.nonProxyHosts", "127.0.0.1");
        set("javax.net.ssl.trustStore", trustStore(directory, certificate));
        set("javax.net.ssl.trustStorePassword", TestCertificate.PASSWORD);
        set("javax.net.ssl.trustStoreType", "PKCS12");
    }

    private static String trustStore(Path directory, TestCertificate certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("service", certificate.read().getCertificate("server"));
        Path file = directory.resolve("trust.p12");
        try (var out = Files.newOutputStream(file)) {
            trusted.store(out, TestCertificate.PASSWORD.toCharArray());
        }
        return file.toString();
    }
}
