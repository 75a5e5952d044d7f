using System.Net;

namespace Vdi.Server.Web;

/// <summary>Where metrics and health are told: a port of its own, for those who watch the server and not for people.</summary>
/// <param name="Address">Loopback, or another one where the server has a certificate: it is https there.</param>
public sealed record AdminListening(IPAddress Address, int Port)
{
    public bool IsLoopback => IPAddress.IsLoopback(Address);
}
