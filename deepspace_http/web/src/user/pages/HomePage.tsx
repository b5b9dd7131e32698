/** The start: people come here to talk to a model. */
import { Navigate } from 'react-router';

export function Component() {
  return <Navigate replace to="/chat" />;
}
