using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Vdi.Broker.Data;

namespace Vdi.Broker.Pools;

/// <summary>Passwords of foreign screens: the database has them enciphered with the server's keys, and only hosts are told them.</summary>
internal static class ScreenSecret
{
    public static string Protect(VdiDb db, string password) => Protector(db).Protect(password);

    /// <summary>Null where there is none, or the keys are not those any more: then the screen says that it wants one.</summary>
    public static string? Read(VdiDb db, string? secret)
    {
        try
        {
            return secret is null ? null : Protector(db).Unprotect(secret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static IDataProtector Protector(VdiDb db) => db.GetService<IDataProtectionProvider>().CreateProtector("Vdi.ForeignScreen");
}
