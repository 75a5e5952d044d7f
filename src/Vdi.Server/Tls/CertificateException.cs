namespace Vdi.Server.Tls;

/// <summary>A certificate cannot be used or had; the message says to an administrator why, and what to do.</summary>
internal sealed class CertificateException(string message, Exception? cause = null) : Exception(message, cause);
