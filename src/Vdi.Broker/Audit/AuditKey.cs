using System.Security.Cryptography;

namespace Vdi.Broker.Audit;

/// <summary>The key that signs checkpoints: ECDSA P-256, PKCS#8 in PEM, for this user's eyes only.</summary>
internal static class AuditKey
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string FileIn(string keys) => Path.Combine(keys, "audit.key");

    /// <summary>Made where there is none yet.</summary>
    public static ECDsa LoadOrMake(string keys)
    {
        var file = FileIn(keys);
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(keys, Mine | UnixFileMode.UserExecute);
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            DurableFile.Write(file, made.ExportPkcs8PrivateKeyPem() + "\n", Mine);
        }

        return Read(file);
    }

    /// <summary>A private or a public key in PEM.</summary>
    public static ECDsa Read(string file)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(file));
        return key;
    }
}
