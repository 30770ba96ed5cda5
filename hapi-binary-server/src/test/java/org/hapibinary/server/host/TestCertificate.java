/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for {@code localhost}, or another name, that has signed itself, made by the tool of the JDK that runs
 * the test.
 *
 * @param keyStore with the certificate and its key, in PKCS #12
 * @param pem the certificate alone
 */
public record TestCertificate(Path keyStore, Path pem) {

    public static final String PASSWORD = "only-for-a-test";

    public static TestCertificate in(Path directory) throws Exception {
        return of("localhost", directory);
    }

    /** @param host the name of the server */
    public static TestCertificate of(String host, Path directory) throws Exception {
        TestCertificate certificate =
                new TestCertificate(directory.resolve("server.p12"), directory.resolve("server.pem"));
        certificate.keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + host,
                "-ext",
                "SAN=dns:" + host,
                "-validity",
                "2");
        certificate.keytool("-exportcert", "-rfc", "-file", certificate.pem.toString());
        return certificate;
    }

    private void keytool(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-alias", "server", "-keystore", keyStore.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).as("keytool").isZero();
    }

    /** Trusts this certificate and no other. */
    public SSLContext trust() throws IOException, GeneralSecurityException {
        KeyStore trusted = read();
        KeyStore certificateOnly = KeyStore.getInstance("PKCS12");
        certificateOnly.load(null, null);
        certificateOnly.setCertificateEntry("server", trusted.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificateOnly);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** The key alone, in PEM. */
    public Path privateKey() throws IOException, GeneralSecurityException {
        byte[] key = read().getKey("server", PASSWORD.toCharArray()).getEncoded();
        return Files.writeString(
                pem.resolveSibling("server.key"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
    }

    /** The certificate and its key. */
    public KeyStore read() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }
}
