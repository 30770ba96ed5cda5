/**
 * What holds on several hosts: tests that a class {@code …Test} takes over by implementing or extending a contract.
 * Here are what a server says as a whole, and the sets of contracts that hosts have in common; the rest is by theme in
 * the packages below.
 *
 * <p>Which contracts are run on which hosts ({@code x}):
 *
 * <pre>
 *                                our server  plain, version       plain, content starter
 *                                H2    PG    DSTU3  R4  R4B  R5   H2   PG   S3   H2   PG
 * AbsentSearchParameterContract  x     x     .      .   .    .    .    .    .    .    x
 * AddressLimitContract           x     .     .      .   .    .    .    .    .    .    .
 * AnyStoreContract               x     x     .      .   .    .    x    x    x    .    .
 * AttachmentContract             x     x     .      .   .    .    .    .    .    x    .
 * AttachmentRuleContract         x     .     .      .   .    .    .    .    .    .    .
 * AuditContract                  x     x     .      .   .    .    .    .    .    .    .
 * BoundTokenContract             x     x     .      x   x    x    .    .    .    .    .
 * BulkClientContract             x     x     .      .   .    .    .    .    .    .    .
 * CompletionContract             x     x     .      .   .    .    .    .    .    .    x
 * ContentCodingContract          x     x     .      x   x    x    x    x    x    x    .
 * ContentFaultContract           x     x     .      x   .    .    .    .    .    .    .
 * CrossOriginContract            x     .     .      .   .    .    .    .    .    .    .
 * DemoPassedThroughContract      x     x     .      .   .    .    .    .    .    .    .
 * DisclosureContract             .     .     .      x   x    x    .    .    .    .    .
 * DiscoveryContract              x     x     .      x   x    x    .    .    .    x    .
 * DownloadContract               x     x     x      x   x    x    x    x    x    x    .
 * EndedChunkContract             x     x     .      .   .    .    .    .    .    .    .
 * ExactExportContract            x     x     .      .   .    .    .    .    .    .    x
 * FaultyRecordContract           x     x     .      .   .    .    .    .    .    .    x
 * HiddenResourceContract         x     .     .      .   .    .    .    .    .    .    .
 * IncrementContract              .     x     .      .   .    .    .    .    .    .    x
 * JobDeletionContract            x     x     .      .   .    .    .    .    .    .    x
 * JoinedMemberContract           x     x     .      .   .    .    .    .    .    .    x
 * JpaRefusalContract             x     x     .      .   .    .    .    .    .    x    .
 * JpaServerContract              x     x     .      .   .    .    .    .    .    .    .
 * KickOffContract                x     x     x      x   x    x    .    .    .    x    .
 * KickOffLimitContract           x     x     .      x   x    x    .    .    .    x    .
 * LateSupportingContract         x     x     .      .   .    .    .    .    .    .    x
 * LifecycleContract              x     x     .      .   .    .    .    .    .    .    .
 * MaintenanceContract            x     x     .      .   .    .    .    .    .    .    .
 * ManifestContract               x     x     x      x   x    x    x    x    x    x    x
 * MetadataContract               x     x     x      x   x    x    .    .    .    x    .
 * OracleContract                 x     x     .      .   .    .    .    .    .    .    x
 * OtherBinariesContract          .     .     .      .   .    .    .    .    .    .    x
 * OwnServerContract              x     x     .      .   .    .    .    .    .    .    .
 * OwnershipContract              x     x     .      x   x    x    .    .    .    x    .
 * PassedThroughContract          x     x     .      .   .    .    .    .    .    .    .
 * PreconditionContract           x     x     .      x   x    x    x    x    x    x    .
 * ProofContract                  x     x     .      x   x    x    .    .    .    .    .
 * RangeContract                  x     x     .      x   x    x    x    x    x    x    .
 * RefusalContract                x     x     .      x   x    x    .    .    .    x    .
 * RequestBodyContract            x     x     .      x   x    x    .    .    .    x    x
 * ResumeContract                 x     x     .      x   .    .    x    x    x    x    .
 * SideDoorContract               .     .     .      .   .    .    .    .    .    .    x
 * StalledExportContract          x     x     .      .   .    .    .    .    .    .    .
 * TokenRefusalContract           x     x     .      x   x    x    .    .    .    x    x
 * TypeFilterContract             x     x     .      .   .    .    .    .    .    .    .
 * UpgradeContract                .     x     .      .   .    .    x    .    .    .    .
 * ValidDiscoveryContract         x     .     .      x   .    .    .    .    .    x    .
 * WriteAnswerContract            x     .     .      .   .    .    .    .    .    .    .
 * </pre>
 *
 * The hosts are, in the order of the columns, with the classes that run the contracts there:
 *
 * <ol>
 *   <li>our server on H2: ExportOnH2Test, ExactExportOnH2Test, PassedThroughOnH2Test, LifecycleOnH2Test,
 *       AuditOnH2Test, StalledClientsTest, TransportTest</li>
 *   <li>our server on PostgreSQL: ExportOnPostgresqlTest, ExactExportOnPostgresqlTest,
 *       PassedThroughOnPostgresqlTest, LifecycleOnPostgresqlTest, AuditOnPostgresqlTest,
 *       UpgradeOnPostgresqlTest</li>
 *   <li>a plain server of DSTU3: PlainOnDstu3Test</li>
 *   <li>a plain server of R4: PlainOnR4Test</li>
 *   <li>a plain server of R4B: PlainOnR4bTest</li>
 *   <li>a plain server of R5: PlainOnR5Test</li>
 *   <li>a plain server with content in H2: DownloadFromH2Test, UpgradeOnH2Test</li>
 *   <li>a plain server with content in PostgreSQL: DownloadFromPostgresqlTest</li>
 *   <li>a plain server with content in S3: DownloadFromS3Test</li>
 *   <li>a host like the starter, on H2: StarterLikeServerTest, FilesOnTomcatTest</li>
 *   <li>a host like the starter, on PostgreSQL: ExplicitOnPostgresqlTest, ExactExportOnTomcatTest</li>
 * </ol>
 */
@NullMarked
package org.hapibinary.server.contract;

import org.jspecify.annotations.NullMarked;
